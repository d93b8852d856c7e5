// What a process and its descendants have used: CPU time of all threads, and resident memory.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

export interface Usage {
  /** User + system, milliseconds, since the start of each process. */
  readonly cpuMs: number;
  /** Resident bytes now. */
  readonly rssBytes: number;
}

/** Linux gives times to programs in this unit, whatever the kernel was built with. */
const TICK_MS = 10;
const LINUX = process.platform === 'linux';

function descendants(pid: number): number[] {
  const found = [pid];
  for (let index = 0; index < found.length; index++) {
    try {
      for (const task of readdirSync(`/proc/${found[index]}/task`)) {
        const children = readFileSync(`/proc/${found[index]}/task/${task}/children`, 'utf8').split(' ').filter(Boolean);
        found.push(...children.map(Number));
      }
    } catch {
      // ended in between
    }
  }
  return found;
}

/** One process: all its threads and the children that it has waited for, those that ended included. */
function usageOnLinux(pid: number): Usage {
  try {
    // The name in parentheses may hold spaces; the fields behind it are counted from the state on.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    const rss = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return { cpuMs: ticks * TICK_MS, rssBytes: Number(rss?.[1] ?? 0) * 1024 };
  } catch {
    return { cpuMs: 0, rssBytes: 0 };
  }
}

/** `ps` counts the process alone, in hundredths of a second. */
function usageByPs(pid: number): Usage {
  const [time = '0', rss = '0'] = execFileSync('ps', ['-o', 'time=,rss=', '-p', String(pid)], { encoding: 'utf8' }).trim().split(/\s+/);
  const seconds = time.split(/[:-]/).reduce((all, part) => all * 60 + Number(part), 0);
  return { cpuMs: seconds * 1000, rssBytes: Number(rss) * 1024 };
}

export function usageOf(pid: number): Usage {
  if (!LINUX) return usageByPs(pid);
  return descendants(pid)
    .map(usageOnLinux)
    .reduce((sum, one) => ({ cpuMs: sum.cpuMs + one.cpuMs, rssBytes: sum.rssBytes + one.rssBytes }), { cpuMs: 0, rssBytes: 0 });
}
