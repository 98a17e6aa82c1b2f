package io.parley.timeline;

/** The reason why a well-formed request about a conversation is refused. */
public enum Refusal {
  /** It does not exist, or the caller may not see it. */
  NOT_THERE,
  NOT_THE_OWNER,
  NOT_THE_AUTHOR,
  NOT_YOURS_TO_DELETE,
  NOT_A_GROUP,
  DELETED,
  NOT_EDITABLE,
  NOT_DELETABLE,
  /** It was sent by a channel, or may be sent at any moment. */
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
  /** Another group reaches this address from the same sender address. */
  ADDRESS_IN_USE,
  /** The sender address would have sent more than it may in a day. */
  SEND_LIMIT,
  /** The delivery has not failed, so it cannot be sent again. */
  NOT_OVER
}
