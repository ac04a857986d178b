/** Tells when somebody comes back to the page, from a mail or another tab: what it shows may have changed meanwhile. */
export function onReturn(back: () => void): () => void {
  const look = () => document.hidden || back();
  document.addEventListener('visibilitychange', look);
  return () => document.removeEventListener('visibilitychange', look);
}
