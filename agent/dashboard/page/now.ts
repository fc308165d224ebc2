import { useEffect, useState } from 'preact/hooks';

/** Epoch ms of the browser, anew each second: ages go on while nothing is asked. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
