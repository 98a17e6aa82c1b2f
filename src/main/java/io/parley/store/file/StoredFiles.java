package io.parley.store.file;

import io.parley.file.FileVerbs;
import io.parley.file.FileVerbs.BeginFile;
import io.parley.file.FileVerbs.Begun;
import io.parley.file.FileVerbs.Chunk;
import io.parley.file.FileVerbs.DropFile;
import io.parley.file.FileVerbs.EndFile;
import io.parley.file.FileVerbs.Ended;
import io.parley.file.FileVerbs.FindFiles;
import io.parley.file.FileVerbs.GetChunk;
import io.parley.file.FileVerbs.Kept;
import io.parley.file.FileVerbs.KeptBefore;
import io.parley.file.FileVerbs.KeyReused;
import io.parley.file.FileVerbs.OverQuota;
import io.parley.file.FileVerbs.Put;
import io.parley.file.FileVerbs.PutChunk;
import io.parley.file.FileVerbs.StoredFile;
import io.parley.flow.ConcurrencyLimit;
import io.parley.identity.Fingerprint;
import io.parley.identity.RequestKey;
import io.parley.store.db.AcceptedRequests;
import io.parley.store.db.Database;
import io.parley.store.db.RefusedTransaction;
import io.parley.store.timeline.TimelineRows;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Files in chunks; each chunk is a statement of its own, so that a file holds up nobody. */
public final class StoredFiles {
  private static final int SWEPT = 20;
  private static final String COLUMNS = "f.id, f.name, f.mime_type, f.size, f.sha256, f.created_at";

  // what is large leaves half of the connections to what is small, and waits for its turn in peace
  private static final int WRITERS = 2;
  private static final int WRITERS_WAITING = 1_000;

  private static final String OPERATION = "uploadAttachment";

  private static final String WHOLE =
      """
      update file f set size = $2, sha256 = $3, mime_type = $4
      where f.id = $1 and $2 = (select sum(octet_length(c.bytes)) from file_chunk c where c.file = f.id)
        and $2 + (select sum(o.size) from file o where o.owner = f.owner) <= $5
      returning %s
      """
          .formatted(COLUMNS);

  private final Database database;
  private final ConcurrencyLimit writers = new ConcurrencyLimit(WRITERS, WRITERS_WAITING);

  public StoredFiles(Database database) {
    this.database = database;
  }

  private Future<RowSet<Row>> write(String sql, Tuple parameters) {
    return writers.enter(() -> database.write(sql, parameters));
  }

  // somebody who uploads much at once is judged again when each is whole
  public Future<Begun> begin(BeginFile wanted) {
    String sql =
        """
        insert into file (id, owner, name)
        select $1, $2, $3 where (select coalesce(sum(f.size), 0) from file f where f.owner = $2) < $4
          or exists (select from request r where r.caller = $2 and r.key = $5)
        returning id
        """;
    return database
        .write(
            sql,
            Tuple.of(
                UUID.randomUUID(),
                wanted.owner(),
                wanted.name(),
                wanted.quota(),
                wanted.key().orElse(null)))
        .map(
            rows ->
                new Begun(
                    rows.size() == 0
                        ? Optional.empty()
                        : Optional.of(rows.iterator().next().getUUID("id"))));
  }

  // the commit that makes the file whole waits for the disk, for its chunks' as well as its own
  public Future<Put> put(PutChunk chunk) {
    String sql =
        """
        insert into file_chunk (file, number, bytes)
        select $1, $2, $3 where %s on conflict do nothing
        """
            .formatted(Database.WITHOUT_WAITING);
    return write(sql, Tuple.of(chunk.id(), chunk.number(), chunk.bytes())).map(new Put());
  }

  public Future<Ended> end(EndFile wanted) {
    Future<Ended> ended =
        wanted.key().isEmpty()
            ? write(WHOLE, whole(wanted)).map(StoredFiles::kept)
            : writers
                .enter(
                    () ->
                        database.transaction(
                            connection -> once(connection, wanted, wanted.key().get())))
                .recover(StoredFiles::reused);
    return ended.compose(
        what ->
            what instanceof Kept
                ? Future.succeededFuture(what)
                : drop(new DropFile(wanted.id())).map(what));
  }

  private static Tuple whole(EndFile wanted) {
    return Tuple.of(
        wanted.id(),
        wanted.size(),
        Buffer.buffer(wanted.sha256()),
        wanted.mimeType(),
        wanted.quota());
  }

  private static Ended kept(RowSet<Row> rows) {
    return rows.size() == 0 ? new OverQuota() : new Kept(file(rows.iterator().next()));
  }

  private static Future<Ended> once(SqlConnection connection, EndFile wanted, String key) {
    String sha256 = HexFormat.of().formatHex(wanted.sha256());
    RequestKey request =
        new RequestKey(
            key, Fingerprint.of(wanted.name() + "\u0000" + wanted.mimeType() + "\u0000" + sha256));
    return AcceptedRequests.before(connection, wanted.owner(), OPERATION, request)
        .compose(
            before ->
                before.isPresent()
                    ? keptBefore(connection, before.get().getUUID("file"))
                    : connection
                        .preparedQuery(WHOLE)
                        .execute(whole(wanted))
                        .map(StoredFiles::kept)
                        .compose(kept -> remembered(connection, wanted, request, kept)));
  }

  private static Future<Ended> keptBefore(SqlConnection connection, UUID id) {
    return connection
        .preparedQuery("select %s from file f where f.id = $1".formatted(COLUMNS))
        .execute(Tuple.of(id))
        .map(rows -> new KeptBefore(file(rows.iterator().next())));
  }

  private static Future<Ended> remembered(
      SqlConnection connection, EndFile wanted, RequestKey request, Ended ended) {
    return ended instanceof Kept kept
        ? AcceptedRequests.remember(
                connection, wanted.owner(), OPERATION, request, null, kept.file().id())
            .map(ended)
        : Future.succeededFuture(ended);
  }

  private static Future<Ended> reused(Throwable failure) {
    return failure instanceof RefusedTransaction
        ? Future.succeededFuture(new KeyReused())
        : Future.failedFuture(failure);
  }

  public Future<Put> drop(DropFile wanted) {
    return database
        .write("delete from file where id = $1 and sha256 is null", Tuple.of(wanted.id()))
        .map(new Put());
  }

  public Future<FileVerbs.Files> find(FindFiles question) {
    String sql =
        """
        select %s from file f where f.id = any ($1) and f.sha256 is not null and (
          $2::bigint is null or f.owner = $2 or exists (
            select from file_use u where u.file = f.id and %s))
        """
            .formatted(COLUMNS, TimelineRows.seen("u.conversation", "$2"));
    Tuple parameters = Tuple.tuple().addArrayOfUUID(question.ids().toArray(UUID[]::new));
    return database
        .read(sql, parameters.addLong(question.caller().orElse(null)))
        .map(
            rows -> {
              List<StoredFile> files = new ArrayList<>();
              rows.forEach(row -> files.add(file(row)));
              return new FileVerbs.Files(files);
            });
  }

  public Future<Chunk> get(GetChunk question) {
    return database
        .read(
            "select bytes from file_chunk where file = $1 and number = $2",
            Tuple.of(question.id(), question.number()))
        .map(
            rows ->
                new Chunk(
                    rows.size() == 0
                        ? Buffer.buffer()
                        : rows.iterator().next().getBuffer("bytes")));
  }

  private static StoredFile file(Row row) {
    return new StoredFile(
        row.getUUID("id"),
        row.getString("name"),
        row.getString("mime_type"),
        row.getLong("size"),
        HexFormat.of().formatHex(row.getBuffer("sha256").getBytes()),
        TimelineRows.instant(row, "created_at"));
  }

  /** Removes what never became whole, and what nobody used for a day. */
  public Future<Integer> sweep() {
    String sql =
        """
        delete from file where id in (
          select f.id from file f
          where (f.sha256 is null and f.created_at < clock_timestamp() - interval '1 hour')
            or (f.created_at < clock_timestamp() - interval '1 day'
              and coalesce(f.let_go_at < clock_timestamp() - interval '1 day', true)
              and not exists (select from file_use u where u.file = f.id))
          limit %d for update skip locked)
        """
            .formatted(SWEPT);
    return database.write(sql, Tuple.tuple()).map(rows -> rows.rowCount());
  }
}
