export const PAGE = Symbol('page');

/** What a form tells its page. */
export interface PageContext {
  /** The title begins with “Error:” while the form shows errors. */
  setFaulty(is: boolean): void;
}
