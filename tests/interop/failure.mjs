/** How a call failed, whichever client made it. */
export class Failure extends Error {
  constructor(code, message = "", details = [], trailers = new Headers()) {
    super(message);
    Object.assign(this, { code, details: details.sort(), trailers });
  }
}
