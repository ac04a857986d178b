// Single keys in the queue: only while the list has the focus, and only if the reader wants them.
const KEPT = 'kt_list_keys';

function kept(): boolean {
  try {
    return localStorage.getItem(KEPT) === '1';
  } catch {
    return false;
  }
}

let on = $state(kept());

export const keysOn = () => on;

export function switchKeys(to: boolean): void {
  on = to;
  try {
    localStorage.setItem(KEPT, to ? '1' : '0');
  } catch {
    // Without storage the choice holds until the page is left.
  }
}

/** For the element around the rows; each row's link has `data-row`. */
export function listKeys(list: HTMLElement): () => void {
  const pressed = (event: KeyboardEvent) => {
    if (!on || event.ctrlKey || event.metaKey || event.altKey) return;
    const links = [...list.querySelectorAll<HTMLElement>('[data-row]')];
    const at = links.findIndex((link) => link === document.activeElement || link.closest('tr, li')?.contains(document.activeElement));
    const to = { j: links[Math.min(at + 1, links.length - 1)], k: links[Math.max(at - 1, 0)], o: links[at] }[event.key];
    if (!to) return;
    event.preventDefault();
    if (event.key === 'o') to.click();
    else to.focus();
  };
  list.addEventListener('keydown', pressed);
  return () => list.removeEventListener('keydown', pressed);
}
