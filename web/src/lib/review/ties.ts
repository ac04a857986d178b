// For which applications this reviewer has said in this visit that there is no tie. Only a convenience of the page:
// what counts is declared to the service.
const KEPT = 'kt_no_tie';

function read(): string[] {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT) ?? '[]') as string[];
  } catch {
    return [];
  }
}

const answered = new Set(typeof sessionStorage === 'undefined' ? [] : read());

const key = (accountId: string, applicationId: string) => `${accountId} ${applicationId}`;

export const saidNoTie = (accountId: string, applicationId: string) => answered.has(key(accountId, applicationId));

export function sayNoTie(accountId: string, applicationId: string): void {
  answered.add(key(accountId, applicationId));
  try {
    sessionStorage.setItem(KEPT, JSON.stringify([...answered]));
  } catch {
    // Without storage the question comes again after a reload.
  }
}
