/**
 * Takes the place of `@aws-sdk/credential-provider-node` in the functions' bundles (`lib/infrastructure/function-bundle.ts`). Lambda hands a
 * role's credentials to a function in environment variables, and in no other way. What the SDK tries besides (profiles, SSO, web
 * identities, the metadata of machines) is a quarter of the bundle.
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
