package io.parley.store.external;

import io.parley.channel.ChannelVerbs.FindOutside;
import io.parley.channel.ChannelVerbs.FindSender;
import io.parley.channel.ChannelVerbs.FoundOutside;
import io.parley.channel.ChannelVerbs.FoundSender;
import io.parley.channel.ChannelVerbs.Sender;
import io.parley.store.db.Database;
import io.parley.store.identity.PartyRows;
import io.parley.store.timeline.Visibility;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.Optional;

/** Finds the sender address of an external conversation, and whether a conversation has any. */
final class SenderAddresses {
  // by the primary keys of member, conversation and party
  private static final String FIND =
      """
      select p.id as party_id, p.kind as party_kind, p.handle as party_handle, p.name as party_name, m.via
      from member m join conversation c on c.id = m.conversation and c.kind = 'external'
      join member s on s.conversation = c.id and s.via is null join party p on p.id = s.party
      where m.conversation = $1 and m.via is not null
      """;

  // by the primary keys of conversation, member and account
  private static final String FIND_OUTSIDE =
      "select from conversation c where c.id = $1 and c.outside and %s"
          .formatted(Visibility.visibleTo("c.id", "$2"));

  private final Database database;

  SenderAddresses(Database database) {
    this.database = database;
  }

  Future<FoundSender> find(FindSender question) {
    return database
        .read(FIND, Tuple.of(question.conversation()))
        .map(
            rows ->
                new FoundSender(
                    rows.size() == 0
                        ? Optional.empty()
                        : Optional.of(sender(rows.iterator().next()))));
  }

  Future<FoundOutside> findOutside(FindOutside question) {
    return database
        .read(FIND_OUTSIDE, Tuple.of(question.conversation(), question.caller()))
        .map(rows -> new FoundOutside(rows.size() > 0));
  }

  private static Sender sender(Row row) {
    return new Sender(PartyRows.party(row, "party_"), row.getString("via"));
  }
}
