import type { Member, MemberState } from '../domain/rollout';
import type { Stores } from '../stores';
import { memberStateEvent } from './member-events';

/** Puts a member into a state from which it is worked on anew, forgets its last change, and says so. */
export const setMemberAgain = async (stores: Stores, member: Member, state: MemberState): Promise<void> => {
  await stores.rollouts.setMember(member.rolloutId, member.instanceId, {
    state,
    reason: null,
    deploymentId: null,
    step: 0,
    attempt: member.attempt + 1,
  });
  const fresh = await stores.rollouts.member(member.rolloutId, member.instanceId);
  if (fresh) await stores.events.append([memberStateEvent(fresh, null, null)]);
};
