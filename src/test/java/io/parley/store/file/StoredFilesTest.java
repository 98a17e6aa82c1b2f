package io.parley.store.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.file.FileVerbs;
import io.parley.file.FileVerbs.ChunkStored;
import io.parley.file.FileVerbs.DiscardFile;
import io.parley.file.FileVerbs.FileStarted;
import io.parley.file.FileVerbs.PutChunk;
import io.parley.file.FileVerbs.StartFile;
import io.parley.identity.PartyKind;
import io.parley.testing.Await;
import io.parley.testing.TestDatabase;
import io.parley.testing.TestStore;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.sql.Connection;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Files that are dropped while their chunks are being stored. */
@Tag("integration")
class StoredFilesTest {
  private final TestDatabase database = TestDatabase.create();
  private TestStore store;
  private UUID file;

  @BeforeEach
  void begin() {
    store = new TestStore(database.url());
    long owner = store.user("ann", PartyKind.PERSON).id();
    StartFile wanted = new StartFile(owner, "a.txt", 4, 1 << 20, 1 << 20, Optional.empty());
    file = ((FileStarted) TestStore.get(store.ask(FileVerbs.START_FILE, wanted))).id();
  }

  @AfterEach
  void close() {
    store.close();
  }

  private Future<ChunkStored> put() {
    return store.ask(FileVerbs.PUT_CHUNK, new PutChunk(file, 0, Buffer.buffer("text")));
  }

  @Test
  void aChunkOfADroppedFileIsIgnored() {
    TestStore.get(store.ask(FileVerbs.DISCARD_FILE, new DiscardFile(file)));
    assertThat(TestStore.get(put())).isNotNull();
    assertThat(database.one("select count(*) from file_chunk")).isEqualTo("0");
  }

  @Test
  void aChunkIsIgnoredWhoseFileIsBeingDropped() throws Exception {
    try (Connection other = database.connect()) {
      other.setAutoCommit(false);
      TestDatabase.run(other, "delete from file");
      Future<ChunkStored> stored = put();
      Await.until(
          "the chunk waits for the file",
          () -> !database.one("select count(*) from pg_locks where not granted").equals("0"));
      other.commit();
      assertThat(TestStore.get(stored)).isNotNull();
    }
    assertThat(database.one("select count(*) from file_chunk")).isEqualTo("0");
  }
}
