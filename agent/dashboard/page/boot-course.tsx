import type { Boot } from './documents.ts';
import { Card, Shown } from './shown.tsx';

/** Where the time of the boot went: phases go on beside each other. */
export function BootCourse({ boot: { readyMs, cpuMs, phases } }: { readonly boot: Boot }) {
  const end = Math.max(1, readyMs ?? 0, ...phases.map(({ fromMs, tookMs }) => fromMs + tookMs));
  const says = readyMs === null ? 'not ready yet' : `ready in ${inMs(readyMs)}`;
  return (
    <Card title="Boot" tone={readyMs === null ? 'warn' : 'good'} says={says}>
      <table class="course">
        <thead class="unheard">
          <tr>
            <th scope="col">phase</th>
            <th scope="col">from</th>
            <th scope="col">took</th>
          </tr>
        </thead>
        <tbody>
          {phases.map(({ name, fromMs, tookMs }) => (
            <tr key={name}>
              <th scope="row">
                <Shown text={name} most={40} />
              </th>
              <td class="track">
                <span class="unheard">from {inMs(fromMs)}</span>
                <span
                  class="span"
                  style={{
                    left: `${(100 * fromMs) / end}%`,
                    width: `${Math.max(0.6, (100 * tookMs) / end)}%`,
                  }}
                />
              </td>
              <td class="number">{inMs(tookMs)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {cpuMs !== null && (
        <p class="hint">Since the process was started; {inMs(cpuMs)} of the processor until ready.</p>
      )}
    </Card>
  );
}

function inMs(ms: number): string {
  return ms >= 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${ms.toFixed(0)} ms`;
}
