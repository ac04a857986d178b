// Before the first paint: the scheme that the reader chose, so that the page does not flash in the other one.
try {
  const theme = localStorage.getItem('kt_theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be switched off; the system's scheme holds then.
}
