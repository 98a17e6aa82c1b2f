package io.parley.timeline;

import io.parley.identity.Party;
import java.time.Instant;

/**
 * Who asks to move a transfer.
 *
 * @param member whether they are a member of the conversation
 * @param settles whether they may say how transfers end, in any conversation
 */
public record TransferMover(Party party, boolean member, boolean settles) {

  /**
   * The transfer of {@code item} as it is after a move, or why not. Setting the current state again
   * changes nothing and is allowed to everybody who sees the transfer; who may make the move is
   * decided before whether it is legal.
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
