/** One choice of a select, of checkboxes or of radios. */
export interface Choice {
  value: string;
  label: string;
  hint?: string;
  disabled?: boolean;
}
