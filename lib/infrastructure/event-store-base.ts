import { Token } from 'aws-cdk-lib';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct, type IConstruct } from 'constructs';
import type { Table, TableNames } from '../tables/definitions.ts';
import {
  APPEND,
  grantAccess,
  projectionAccess,
  READ_LOG,
  READ_MODELS,
  READ_STATUS,
  READ_STREAMS,
  SNAPSHOTS,
} from './table-access.ts';

/** A store: one of this app (`EventStore`), or one that is there already (`EventStore.fromTablePrefix`). */
export interface IEventStore extends IConstruct {
  /** What the names of the tables begin with. */
  readonly tablePrefix: string;
  readonly tableNames: TableNames;
  readonly tableArns: { readonly [table in Table]: string };
  /** The key that the tables are encrypted with; undefined for the one that AWS owns. */
  readonly encryptionKey: IKey | undefined;
  /** The stream of the Log table. @throws where it is not known */
  readonly logStreamArn: string;
  /** The topic that tells of each new entry of the log. It is made when it is first asked for. */
  readonly logTopic: ITopic;

  /** The environment variables that name these tables. */
  tableEnvironment(...tables: readonly Table[]): Record<string, string>;

  /** To append to streams. Includes what an append reads. */
  grantAppend(grantee: IGrantable): Grant;
  /** To read streams. */
  grantRead(grantee: IGrantable): Grant;
  /** To read the log, and how far each stream is in it. */
  grantReadLog(grantee: IGrantable): Grant;
  /** To read the documents of all projections. */
  grantReadModels(grantee: IGrantable): Grant;
  /** To read how all projections are. */
  grantReadStatus(grantee: IGrantable): Grant;
  /** To read and write snapshots of aggregates. */
  grantSnapshots(grantee: IGrantable): Grant;
  /** To follow the log and to write what belongs to the projection of this name. */
  grantProjection(grantee: IGrantable, projectionName: string): Grant;
}

const VARIABLES: { readonly [table in Table]: string } = {
  events: 'EVENTS_TABLE',
  log: 'LOG_TABLE',
  state: 'STATE_TABLE',
  readModels: 'READ_MODELS_TABLE',
};

export abstract class EventStoreBase extends Construct implements IEventStore {
  abstract readonly tablePrefix: string;
  abstract readonly tableNames: TableNames;
  abstract readonly tableArns: { readonly [table in Table]: string };
  abstract readonly encryptionKey: IKey | undefined;
  abstract readonly logStreamArn: string;
  abstract readonly logTopic: ITopic;

  tableEnvironment(...tables: readonly Table[]): Record<string, string> {
    return Object.fromEntries(tables.map((table) => [VARIABLES[table], this.tableNames[table]]));
  }

  grantAppend(grantee: IGrantable): Grant {
    return grantAccess(this, grantee, APPEND);
  }

  grantRead(grantee: IGrantable): Grant {
    return grantAccess(this, grantee, READ_STREAMS);
  }

  grantReadLog(grantee: IGrantable): Grant {
    return grantAccess(this, grantee, READ_LOG);
  }

  grantReadModels(grantee: IGrantable): Grant {
    return grantAccess(this, grantee, READ_MODELS);
  }

  grantReadStatus(grantee: IGrantable): Grant {
    return grantAccess(this, grantee, READ_STATUS);
  }

  grantSnapshots(grantee: IGrantable): Grant {
    return grantAccess(this, grantee, SNAPSHOTS);
  }

  grantProjection(grantee: IGrantable, projectionName: string): Grant {
    return grantAccess(this, grantee, projectionAccess(projectionName));
  }
}

/** What DynamoDB allows in a name, less what the longest of the names needs behind the prefix. */
const PREFIX = /^[A-Za-z0-9_.-]{1,243}$/;

/** @throws where no table can have a name with this prefix */
export function requirePrefix(prefix: string): string {
  if (Token.isUnresolved(prefix) || !PREFIX.test(prefix)) {
    const given = Token.isUnresolved(prefix) ? 'a token' : JSON.stringify(prefix);
    throw new Error(`tablePrefix must be 1 to 243 letters, digits, "_", "-" and ".", known at synth, not ${given}`);
  }
  return prefix;
}
