import type { Duration } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Table } from '../tables/definitions.ts';
import { API_TIMEOUT } from './bounds.ts';
import { createFunction } from './create-function.ts';
import type { IEventStore } from './event-store-base.ts';
import { serviceName } from './service-name.ts';

/** What the function is made of. */
export interface StoreFunctionProps {
  readonly store: IEventStore;
  /** What logs and metrics call it, behind the prefix of the store's tables. */
  readonly name: string;
  /** The file that exports `handler`. */
  readonly entry: string;
  /** The tables whose names it gets. What it may do with them it must be granted. */
  readonly tables: readonly Table[];
  /** Variables besides those of the store. @default none */
  readonly environment?: Readonly<Record<string, string>>;
  /** @default 1024 */
  readonly memorySizeMb?: number;
  /** @default 29 seconds, which is as long as the API waits */
  readonly timeout?: Duration;
  /** @default one month */
  readonly logRetention?: RetentionDays;
}

/** A function of one's own on a store, such as one that handles commands: made as Tidemark's own are, with no rights yet. */
export class StoreFunction extends Construct implements IGrantable {
  readonly function: IFunction;
  readonly grantPrincipal: IGrantable['grantPrincipal'];

  constructor(scope: Construct, id: string, props: StoreFunctionProps) {
    super(scope, id);
    const { store, name, memorySizeMb } = props;
    this.function = createFunction(this, 'Function', {
      entry: props.entry,
      service: serviceName(store, name),
      description: `The function ${name}`,
      timeout: props.timeout ?? API_TIMEOUT,
      logRetention: props.logRetention ?? RetentionDays.ONE_MONTH,
      environment: { ...props.environment, ...store.tableEnvironment(...props.tables) },
      ...(memorySizeMb === undefined ? {} : { memorySizeMb }),
    });
    this.grantPrincipal = this.function.grantPrincipal;
  }
}
