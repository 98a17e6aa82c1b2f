package io.parley.store.file;

import io.parley.file.FileVerbs;
import io.parley.file.FileVerbs.Chunk;
import io.parley.file.FileVerbs.ChunkStored;
import io.parley.file.FileVerbs.DiscardFile;
import io.parley.file.FileVerbs.FileCreated;
import io.parley.file.FileVerbs.FileKeyReused;
import io.parley.file.FileVerbs.FileOutcome;
import io.parley.file.FileVerbs.FileReplayed;
import io.parley.file.FileVerbs.FileStart;
import io.parley.file.FileVerbs.FileStarted;
import io.parley.file.FileVerbs.FindFiles;
import io.parley.file.FileVerbs.FinishFile;
import io.parley.file.FileVerbs.GetChunk;
import io.parley.file.FileVerbs.OverQuota;
import io.parley.file.FileVerbs.PutChunk;
import io.parley.file.FileVerbs.StartFile;
import io.parley.file.FileVerbs.StorageFull;
import io.parley.file.FileVerbs.StoredFile;
import io.parley.flow.ConcurrencyLimit;
import io.parley.identity.Fingerprint;
import io.parley.identity.RequestKey;
import io.parley.identity.RequestKind;
import io.parley.store.db.AcceptedRequests;
import io.parley.store.db.AcceptedRequests.Made;
import io.parley.store.db.Database;
import io.parley.store.db.ReusedKey;
import io.parley.store.db.SqlTime;
import io.parley.store.timeline.Visibility;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;

/**
 * Uploaded files, stored in chunks. Each chunk is a statement of its own, so that a large file
 * blocks nobody. A file exists for others when its hash is set, in the commit that completes it.
 */
final class StoredFiles {
  private static final String COLUMNS = "f.id, f.name, f.mime_type, f.size, f.sha256, f.created_at";

  // large writes leave half of the connections to small ones
  private static final int MAX_WRITERS = 2;
  private static final int MAX_WAITING = 1_000;

  // by file_owner and the primary keys of party and request
  private static final String BEGIN = "select begin_file($1, $2, $3, $4, $5, $6, $7, $8)";

  // not waiting for the disk: the commit that completes the file waits for its chunks as well; the
  // file may have been dropped while its last chunks are on their way
  private static final String PUT_CHUNK =
      """
      insert into file_chunk (file, number, bytes)
      select f.id, $2, $3 from file f where f.id = $1 and %s for key share of f on conflict do nothing
      """
          .formatted(Database.ASYNC_COMMIT);

  // by the primary keys of file and file_chunk; what was reserved and is not needed is free again
  private static final String COMPLETE =
      """
      with reserved as (select f.id, f.size from file f where f.id = $1 for update
      ), completed as (
        update file f set size = $2, sha256 = $3, mime_type = $4 from reserved r
        where f.id = r.id and $2 <= r.size
          and $2 = (select sum(octet_length(c.bytes)) from file_chunk c where c.file = r.id)
        returning %1$s, r.size - f.size as unused
      ), freed as (
        update file_space s set bytes = s.bytes - f.unused from completed f where f.unused > 0
      )
      select %1$s from completed f
      """
          .formatted(COLUMNS);

  // by the primary key of file
  private static final String DROP =
      """
      with gone as (delete from file where id = $1 and sha256 is null returning size)
      update file_space s set bytes = s.bytes - g.size from gone g
      """;

  // each by the primary keys of file, file_chunk and file_use
  private static final String FIND_ONE = "select %s from file f where f.id = $1".formatted(COLUMNS);
  private static final String FIND =
      """
      select %s from file f where f.id = any ($1) and f.sha256 is not null and (
        $2::bigint is null or f.owner = $2 or exists (
          select from file_use u where u.file = f.id and %s))
      """
          .formatted(COLUMNS, Visibility.visibleTo("u.conversation", "$2"));
  private static final String GET_CHUNK =
      "select bytes from file_chunk where file = $1 and number = $2";

  private static final int SWEEP_BATCH = 20;
  private static final String SWEEP = "select sweep_files($1)";

  private final Database database;
  private final ConcurrencyLimit writers = new ConcurrencyLimit(MAX_WRITERS, MAX_WAITING);

  StoredFiles(Database database) {
    this.database = database;
  }

  private Future<RowSet<Row>> write(String sql, Tuple parameters) {
    return writers.enter(() -> database.write(sql, parameters));
  }

  Future<FileStart> begin(StartFile request) {
    UUID id = UUID.randomUUID();
    Tuple parameters =
        Tuple.of(
            id,
            request.owner(),
            request.name(),
            request.size(),
            FileVerbs.MAX_FILE_BYTES,
            request.quota(),
            request.total(),
            request.key().orElse(null));
    return database
        .write(BEGIN, parameters)
        .map(
            rows ->
                switch (rows.iterator().next().getString(0)) {
                  case "begun" -> new FileStarted(id);
                  case "quota" -> new OverQuota();
                  default -> new StorageFull();
                });
  }

  Future<ChunkStored> put(PutChunk chunk) {
    return write(PUT_CHUNK, Tuple.of(chunk.id(), chunk.number(), chunk.bytes()))
        .map(new ChunkStored());
  }

  /** Completes a file, or drops it if it is not kept. */
  Future<FileOutcome> end(FinishFile request) {
    Future<FileOutcome> ended =
        request.key().isEmpty()
            ? write(COMPLETE, completion(request)).map(StoredFiles::ended)
            : writers.enter(() -> completeOnce(request, request.key().get()));
    return ended.compose(
        outcome ->
            outcome instanceof FileCreated
                ? Future.succeededFuture(outcome)
                : drop(new DiscardFile(request.id()))
                    .map(outcome)
                    .otherwise(outcome)); // the sweep drops it later
  }

  private Future<FileOutcome> completeOnce(FinishFile request, String key) {
    return database
        .transaction(connection -> completeOnce(connection, request, key))
        .recover(
            failure ->
                failure instanceof ReusedKey
                    ? Future.succeededFuture(new FileKeyReused())
                    : Future.failedFuture(failure));
  }

  private static Tuple completion(FinishFile request) {
    return Tuple.of(
        request.id(), request.size(), Buffer.buffer(request.sha256()), request.mimeType());
  }

  private static FileOutcome ended(RowSet<Row> rows) {
    return rows.size() == 0 ? new OverQuota() : new FileCreated(file(rows.iterator().next()));
  }

  private static Future<FileOutcome> completeOnce(
      SqlConnection connection, FinishFile request, String key) {
    String sha256 = HexFormat.of().formatHex(request.sha256());
    String content = request.name() + "\u0000" + request.mimeType() + "\u0000" + sha256;
    RequestKey requestKey = new RequestKey(key, Fingerprint.of(content));
    return AcceptedRequests.find(connection, request.owner(), RequestKind.UPLOAD, requestKey)
        .compose(
            earlier ->
                earlier.isPresent()
                    ? keptBefore(connection, earlier.get())
                    : connection
                        .preparedQuery(COMPLETE)
                        .execute(completion(request))
                        .map(StoredFiles::ended)
                        .compose(ended -> remember(connection, request, requestKey, ended)));
  }

  private static Future<FileOutcome> keptBefore(SqlConnection connection, Made earlier) {
    return connection
        .preparedQuery(FIND_ONE)
        .execute(Tuple.of(earlier.file()))
        .map(rows -> new FileReplayed(file(rows.iterator().next())));
  }

  private static Future<FileOutcome> remember(
      SqlConnection connection, FinishFile request, RequestKey key, FileOutcome ended) {
    return ended instanceof FileCreated kept
        ? AcceptedRequests.remember(
                connection,
                request.owner(),
                RequestKind.UPLOAD,
                key,
                new Made(null, kept.file().id()))
            .map(ended)
        : Future.succeededFuture(ended);
  }

  Future<ChunkStored> drop(DiscardFile request) {
    return database.write(DROP, Tuple.of(request.id())).map(new ChunkStored());
  }

  Future<FileVerbs.Files> find(FindFiles question) {
    Tuple parameters =
        Tuple.tuple()
            .addArrayOfUUID(question.ids().toArray(UUID[]::new))
            .addLong(question.caller().orElse(null));
    return database
        .read(FIND, parameters)
        .map(
            rows -> {
              List<StoredFile> files = new ArrayList<>();
              rows.forEach(row -> files.add(file(row)));
              return new FileVerbs.Files(files);
            });
  }

  /** Empty bytes if there is no such chunk. */
  Future<Chunk> get(GetChunk question) {
    return database
        .read(GET_CHUNK, Tuple.of(question.id(), question.number()))
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
        SqlTime.instant(row, "created_at"));
  }

  /**
   * Deletes files that were never completed, and files that nobody has used for a day. The result
   * is positive as long as there is more to look at.
   */
  Future<Integer> sweep() {
    return database
        .write(SWEEP, Tuple.of(SWEEP_BATCH))
        .map(rows -> rows.iterator().next().getInteger(0));
  }
}
