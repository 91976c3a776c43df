/** The figures of a bench, as docs/bench.json keeps them for docs/bench.md. */

/** One tool, with so many hypervisor hosts. */
export interface Figures {
  readonly tool: string;
  readonly hosts: number;
  /** Wall clock, median. */
  readonly seconds: number;
  /** Of the front-end's processors: the tool and all that it started there, median. */
  readonly cpuSeconds: number;
  /** What the tool's own processes held at most, without those of ssh; of the audit only, median. */
  readonly memoryMiB: number;
  /** Logins that the SSH servers of all machines took in one run. */
  readonly logins: number;
  /** MiB of the audit's report, and how long Chromium takes to start, open it and show it. */
  readonly report?: { readonly sizeMiB: number; readonly seconds?: number };
}

/** An audit of a big cloud. */
export interface Big {
  readonly big_cloud_s: number;
  readonly big_cloud_mb: number;
  /** Of the front-end's processors, OpenNebula's command line included. */
  readonly cpu_s: number;
  readonly page_mb: number;
}

/** A set-up and a gate; gate_own_s is without waiting for OpenNebula, gate_cpu_share how much of one processor waiting takes. */
export interface Gate {
  readonly setup_s: number;
  readonly gate_s: number;
  readonly gate_own_s: number;
  readonly gate_cpu_share: number;
}

/** When, where and of which commit. */
export interface Measured {
  readonly date: string;
  readonly tree: string;
  readonly runs: number;
  readonly machine: string;
}

export interface Bench {
  readonly hosts: Measured & { readonly figures: readonly Figures[] };
  readonly slow?: Measured & { readonly figures: readonly Figures[] };
  readonly big?: Measured & Big;
  readonly gate?: Measured & Gate;
}

export const rounded = (value: number, parts = 100): number => Math.round(value * parts) / parts;

/** Above this many hypervisor hosts a size is for the memory alone. */
export const LARGEST = 200;

/** Seconds that each host more costs, and seconds that no host costs: the straight line that fits best. */
export function growth(figures: readonly Figures[], name: string): { readonly perHost: number; readonly fixed: number } {
  const points = figures.filter(({ tool, hosts }) => tool === name && hosts <= LARGEST);
  const mean = (numbers: readonly number[]) => numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  const [x, y] = [mean(points.map(({ hosts }) => hosts)), mean(points.map(({ seconds }) => seconds))];
  const perHost =
    points.reduce((sum, { hosts, seconds }) => sum + (hosts - x) * (seconds - y), 0) /
    points.reduce((sum, { hosts }) => sum + (hosts - x) ** 2, 0);
  return { perHost, fixed: y - perHost * x };
}

/** The numbers for tools. What was not measured is null, and so is what pdsh would have to be there for. */
export function summary(hosts: number, bench: { readonly [Part in keyof Bench]?: Omit<NonNullable<Bench[Part]>, keyof Measured> }) {
  const at = (figures: readonly Figures[] | undefined, name: string) => figures?.find((one) => one.tool === name && one.hosts === hosts);
  const ratio = (ours: number | undefined, theirs: number | undefined) => (ours && theirs ? rounded(ours / theirs) : null);
  const beside = bench.hosts?.figures ?? [];
  const [audit, pdsh] = [at(beside, 'audit'), at(beside, 'pdsh -f 8')];
  const [ours, theirs] = [growth(beside, 'audit'), growth(beside, 'pdsh -f 8')];
  return {
    hosts,
    audit_s: audit?.seconds ?? null,
    pdsh_s: pdsh?.seconds ?? null,
    ratio: ratio(audit?.seconds, pdsh?.seconds),
    per_host_ratio: ratio(ours.perHost, theirs.perHost),
    fixed_s: audit ? rounded(ours.fixed) : null,
    rss_mb: audit?.memoryMiB ?? null,
    slow_ratio: ratio(at(bench.slow?.figures, 'audit')?.seconds, at(bench.slow?.figures, 'pdsh -f 32')?.seconds),
    big_cloud_s: bench.big?.big_cloud_s ?? null,
    big_cloud_mb: bench.big?.big_cloud_mb ?? null,
    gate_cpu_share: bench.gate?.gate_cpu_share ?? null,
  };
}
