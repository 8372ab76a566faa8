import { may, type Action } from '../../auth/permission';
import type { Visit } from '../web';

/** Whether a page draws the button; the service decides again. */
export const canAct = (visit: Visit, action: Action, kode?: string): boolean => may(visit.actor, action, kode);
