package io.parley.timeline;

/** Why a well-formed request about a conversation was not done. */
public enum Refusal {
  /** It is not there, or not the caller's to know. */
  NOT_THERE,
  NOT_THE_OWNER,
  NOT_THE_AUTHOR,
  NOT_A_GROUP,
  DELETED,
  NOT_EDITABLE,
  NOT_DELETABLE,
  /** It has left by a channel, or may leave at any moment. */
  ALREADY_SENT,
  NO_SUCH_ITEM,
  NOT_A_TRANSFER,
  NOT_YOURS_TO_MOVE,
  ILLEGAL_MOVE,
  TOO_MANY_REACTIONS,
  KEY_REUSED,
  SELF_CONVERSATION,
  COUNTERPART_NOT_ALLOWED,
  UNKNOWN_MEMBER,
  GROUP_FULL,
  NOT_FOR_GROUPS,
  /** It is reached from there in another group already. */
  ADDRESS_IN_USE,
  /** It has not failed, so there is nothing to send anew. */
  NOT_OVER
}
