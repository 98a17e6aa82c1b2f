package io.parley.timeline;

import io.parley.identity.Party;
import java.time.Instant;

/**
 * A caller who wants to move a transfer.
 *
 * @param member whether the caller is a member of the conversation
 * @param settles whether the caller may settle transfers, in any conversation
 */
public record TransferMover(Party party, boolean member, boolean settles) {

  /**
   * The transfer of {@code item} after a move, or a refusal. Setting the current state again is a
   * no-op, allowed to everyone who sees the transfer. The permission of the caller is checked
   * before the legality of the move.
   */
  public Result<Transfer> move(Item item, TransferState wanted, Instant at) {
    boolean sees = member || (settles && item.transfer().isPresent());
    if (!sees) {
      return Result.refused(Refusal.NOT_THERE);
    }
    if (item.transfer().isEmpty()) {
      return Result.refused(Refusal.NOT_A_TRANSFER);
    }
    Transfer now = item.transfer().get();
    if (now.state() == wanted) {
      return Result.done(now);
    }
    boolean author = member && item.author().id() == party.id();
    if (!wanted.mayBeSetBy(author, settles)) {
      return Result.refused(Refusal.NOT_YOURS_TO_MOVE);
    }
    return now.moved(wanted, party, at)
        .map(Result::done)
        .orElseGet(() -> Result.refused(Refusal.ILLEGAL_MOVE));
  }
}
