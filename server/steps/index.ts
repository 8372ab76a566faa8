import type { StepHandlers } from '../rollouts/handler';
import { archiveInstance } from './archive-step';
import { dumpOwn, ensureOwnSchema, holdTraffic, migrateOwn, removeOwnSchema } from './own-schema-steps';
import { awaitHealthy, ensureImage, putFiles, removeContainers, retireRelease, startRelease } from './release-steps';
import { dumpSchema, followUpSchema, migrateSchema, prepareSchema } from './schema-steps';
import { ensureNetwork, ensureStorage, removeStorage } from './storage-steps';
import { awaitFollowUp, ensureTenantUser, provisionTenant, removeTenant, tenantDefaults } from './tenant-steps';
import { closeRoute, openRoute, soak, startInstance, stopInstance, switchTraffic, verifyPublic } from './traffic-steps';
import type { World } from './world';

/** One handler for every kind of step; a missing one does not compile. */
export const makeHandlers = (world: World): StepHandlers => ({
  ensure_image: ensureImage(world),
  ensure_network: ensureNetwork(world),
  ensure_storage: ensureStorage(world),
  ensure_tenant_user: ensureTenantUser(world),
  ensure_own_schema: ensureOwnSchema(world),
  provision_tenant: provisionTenant(world),
  await_follow_up: awaitFollowUp(world),
  tenant_defaults: tenantDefaults(world),
  put_files: putFiles(world),
  hold_traffic: holdTraffic(world),
  dump_own: dumpOwn(world),
  migrate_own: migrateOwn(world),
  start_release: startRelease(world),
  await_healthy: awaitHealthy(world),
  switch_traffic: switchTraffic(world),
  verify_public: verifyPublic(world),
  soak: soak(world),
  retire_release: retireRelease(world),
  close_route: closeRoute(world),
  stop_instance: stopInstance(world),
  start_instance: startInstance(world),
  open_route: openRoute(world),
  archive_instance: archiveInstance(world),
  remove_containers: removeContainers(world),
  remove_tenant: removeTenant(world),
  remove_own_schema: removeOwnSchema(world),
  remove_storage: removeStorage(world),
  prepare_schema: prepareSchema(world),
  dump_schema: dumpSchema(world),
  migrate_schema: migrateSchema(world),
  follow_up_schema: followUpSchema(world),
});
