/** One run of a projection through the log, from the beginning: of a version of its code, and the how maniest of that. */
export interface Build {
  readonly version: number;
  /** 1, 2, 3 …: each rebuild of a version is another one. */
  readonly run: number;
}

/** As it stands in keys and in answers: `2.1`. */
export function buildName({ version, run }: Build): string {
  return `${version}.${run}`;
}

/** A build by its name, or undefined where it is none. */
export function parseBuild(name: string): Build | undefined {
  const [, version, run] = /^(\d{1,15})\.(\d{1,15})$/.exec(name) ?? [];
  return version === undefined || run === undefined ? undefined : { version: Number(version), run: Number(run) };
}
