import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  CfnStage,
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  type IHttpRouteAuthorizer,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer, HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Table } from '../tables/definitions.ts';
import { API_BURST, API_RATE, API_TIMEOUT, HEALTH_RATE } from './bounds.ts';
import { createFunction } from './create-function.ts';
import type { IEventStore } from './event-store-base.ts';
import { ownEntry } from './own-entry.ts';
import { serviceName } from './service-name.ts';

/** Who may call the API: whoever has a token of this issuer. */
export interface JwtAuthorization {
  /** The `iss` of the tokens, such as `https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_a1b2c3`. */
  readonly issuer: string;
  /** The `aud` or `client_id` of the tokens: one of these. */
  readonly audience: readonly string[];
  /** Scopes that a token needs to append: one of these. @default none */
  readonly appendScopes?: readonly string[];
  /** Scopes that a token needs to read: one of these. @default none */
  readonly readScopes?: readonly string[];
}

/** Whose API it is, who may call it, and how much. */
export interface EventStoreApiProps {
  /** It may be of another stack. */
  readonly store: IEventStore;
  /**
   * Lets those in who bring a token, instead of those who sign their requests with AWS credentials.
   * @default IAM: requests are signed (SigV4), and `grantAppend` and `grantRead` say whose are taken
   */
  readonly jwt?: JwtAuthorization;
  /** Requests a second to the whole API. @default 1000 */
  readonly rateLimit?: number;
  /** Requests at once. @default 1000 */
  readonly burstLimit?: number;
  /** @default one month */
  readonly logRetention?: RetentionDays;
}

/** More paths, and the function that serves them. */
export interface RoutesProps {
  /** Such as `/orders/{orderId}`. */
  readonly path: string;
  readonly methods: readonly HttpMethod[];
  readonly handler: IFunction;
  /** Scopes that a token needs: one of these. @default none */
  readonly scopes?: readonly string[];
}

/** Everything of the API that reads; the tail of a path may have slashes in it, which API Gateway decodes. */
const READ_PATHS = [
  '/streams/{streamId+}',
  '/events',
  '/projections',
  '/read-models/{projection}/{key+}',
  '/openapi.json',
];
const APPEND_PATH = '/streams/{streamId+}';
const HEALTH_PATH = '/health';

/** Who, what and how long. Neither path nor query: a stream's id may say something of a person. */
const ACCESS_LOG = {
  requestId: '$context.requestId',
  time: '$context.requestTime',
  method: '$context.httpMethod',
  route: '$context.routeKey',
  status: '$context.status',
  responseBytes: '$context.responseLength',
  latencyMs: '$context.responseLatency',
  integrationLatencyMs: '$context.integrationLatency',
  integrationError: '$context.integrationErrorMessage',
  authorizerError: '$context.authorizer.error',
  sourceIp: '$context.identity.sourceIp',
  caller: '$context.identity.userArn',
};

/** The HTTP API of a store, with a function that appends and one that reads, each with the rights for its part. */
export class EventStoreApi extends Construct {
  readonly api: HttpApi;
  /** Serves what appends. */
  readonly append: IFunction;
  /** Serves everything else. */
  readonly read: IFunction;
  /** Where it is, without a slash at the end. */
  readonly url: string;
  readonly #props: EventStoreApiProps;
  readonly #authorizer: IHttpRouteAuthorizer;
  readonly #appendRoutes: HttpRoute[];
  readonly #readRoutes: HttpRoute[];

  constructor(scope: Construct, id: string, props: EventStoreApiProps) {
    super(scope, id);
    this.#props = props;
    this.append = this.#createAppend();
    this.read = this.#createRead();
    const { jwt } = props;
    this.#authorizer = authorizer(jwt);
    this.api = new HttpApi(this, 'Api', {
      description: 'Tidemark event store',
      createDefaultStage: false,
      // Whatever route is ever added: it is closed unless it says otherwise.
      defaultAuthorizer: this.#authorizer,
    });
    const appending = integration('Append', this.append);
    const reading = integration('Read', this.read);
    this.#appendRoutes = this.api.addRoutes({
      path: APPEND_PATH,
      methods: [HttpMethod.POST],
      integration: appending,
      ...authorizationScopes(jwt?.appendScopes),
    });
    this.#readRoutes = READ_PATHS.flatMap((path) =>
      this.api.addRoutes({
        path,
        methods: [HttpMethod.GET, HttpMethod.HEAD],
        integration: reading,
        ...authorizationScopes(jwt?.readScopes),
      }),
    );
    const [health] = this.api.addRoutes({
      path: HEALTH_PATH,
      methods: [HttpMethod.GET],
      integration: reading,
      authorizer: new HttpNoneAuthorizer(),
    });
    Validations.of(health ?? this).acknowledge({
      id: 'AwsSolutions-APIG4',
      reason:
        'Load balancers and probes ask for /health, which says nothing but that the function runs, and is throttled.',
    });
    this.#createStage(health);
    this.url = this.api.apiEndpoint;
  }

  /**
   * Sends requests to more paths to a function of one's own; they are closed as the others are.
   *
   * @param scope of which stack the routes are: not that of the API where the function is of another one, which needs the store
   */
  addRoutes(scope: Construct, { path, methods, handler, scopes }: RoutesProps): readonly HttpRoute[] {
    const integrated = integration(`${handler.node.id}Integration`, handler);
    return methods.map(
      (method) =>
        new HttpRoute(scope, `${method} ${path}`, {
          httpApi: this.api,
          routeKey: HttpRouteKey.with(path, method),
          integration: integrated,
          authorizer: this.#authorizer,
          ...authorizationScopes(scopes),
        }),
    );
  }

  /** To append over HTTP, with IAM. */
  grantAppend(grantee: IGrantable): Grant {
    return this.#grantInvoke(grantee, this.#appendRoutes);
  }

  /** To read over HTTP, with IAM. */
  grantRead(grantee: IGrantable): Grant {
    return this.#grantInvoke(grantee, this.#readRoutes);
  }

  #grantInvoke(grantee: IGrantable, routes: readonly HttpRoute[]): Grant {
    if (this.#props.jwt !== undefined) {
      throw new Error(`${this.node.path} takes tokens, so there is nothing to grant in IAM`);
    }
    return routes
      .map((route) => route.grantInvoke(grantee))
      .reduce((all, one) => all.combine(one), Grant.drop(grantee, 'nothing else'));
  }

  #createAppend(): IFunction {
    const { store } = this.#props;
    const append = this.#createFunction('AppendFunction', 'append', 'Appends to streams', ['events', 'state']);
    store.grantAppend(append);
    return append;
  }

  #createRead(): IFunction {
    const { store } = this.#props;
    const read = this.#createFunction('ReadFunction', 'read', 'Reads streams, the log and read models', [
      'events',
      'log',
      'state',
      'readModels',
    ]);
    store.grantRead(read);
    store.grantReadLog(read);
    store.grantReadModels(read);
    store.grantReadStatus(read);
    return read;
  }

  #createFunction(id: string, service: string, description: string, tables: readonly Table[]): IFunction {
    const { store, logRetention = RetentionDays.ONE_MONTH } = this.#props;
    return createFunction(this, id, {
      entry: ownEntry(service),
      service: serviceName(store, service),
      description,
      timeout: API_TIMEOUT,
      logRetention,
      environment: store.tableEnvironment(...tables),
    });
  }

  /** `$default`: any other stage would stand in front of the path, and with it in every `next` that the API answers. */
  #createStage(health: HttpRoute | undefined): void {
    const { rateLimit = API_RATE, burstLimit = API_BURST, logRetention = RetentionDays.ONE_MONTH } = this.#props;
    const accessLog = new LogGroup(this, 'AccessLog', {
      retention: logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const stage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit, burstLimit },
      accessLogSettings: {
        destination: new LogGroupLogDestination(accessLog),
        format: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG)),
      },
    });
    const { defaultChild } = stage.node;
    if (health === undefined || !CfnStage.isCfnStage(defaultChild)) {
      throw new Error(`${this.node.path} has no stage, or no ${HEALTH_PATH}`);
    }
    // The stage knows a route only once it is there.
    stage.node.addDependency(health);
    defaultChild.routeSettings = {
      [`GET ${HEALTH_PATH}`]: { ThrottlingRateLimit: HEALTH_RATE, ThrottlingBurstLimit: HEALTH_RATE },
    };
  }
}

function authorizer(jwt: JwtAuthorization | undefined): IHttpRouteAuthorizer {
  return jwt === undefined
    ? new HttpIamAuthorizer()
    : new HttpJwtAuthorizer('Jwt', jwt.issuer, { jwtAudience: [...jwt.audience] });
}

function integration(id: string, handler: IFunction): HttpLambdaIntegration {
  return new HttpLambdaIntegration(id, handler, { scopePermissionToRoute: false });
}

function authorizationScopes(needed: readonly string[] | undefined): { readonly authorizationScopes?: string[] } {
  return needed === undefined ? {} : { authorizationScopes: [...needed] };
}
