/** What the simulation watches. Each planted bug breaks one of them. */
export type Guarantee =
  | 'streams are sound'
  | 'entries tile the positions'
  | 'entries are a hash chain'
  | 'what is written never changes'
  | 'each commit is in the log once'
  | 'streams are in order'
  | 'groups stand side by side'
  | 'every entry but the last is marked'
  | 'marks say what the log says'
  | 'readers see the log'
  | 'everything gets into the log'
  | 'writers are told the truth'
  | 'documents are what the log says'
  | 'readers of documents never go back'
  | 'projections get to the end'
  | 'nothing is left of old builds'
  | 'commands are decided on what is there'
  | 'each command is done once'
  | 'callers of commands are told the truth'
  | 'what is loaded is what the events say'
  | 'each event causes its commands once'
  | 'what follows from a stream is in its order'
  | 'nothing fails without a fault'
  | 'all comes to rest';

export interface Violation {
  readonly guarantee: Guarantee;
  readonly detail: string;
}
