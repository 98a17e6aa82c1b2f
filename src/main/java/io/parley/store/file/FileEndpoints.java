package io.parley.store.file;

import io.parley.bus.Bus;
import io.parley.file.FileVerbs;
import io.parley.store.db.Database;
import io.parley.store.db.PeriodicSweeps;

/** The endpoints of uploaded files. */
public final class FileEndpoints {
  private static final long SWEEP_MS = 60_000;

  private final StoredFiles files;

  public FileEndpoints(Database database) {
    this.files = new StoredFiles(database);
  }

  public void serve(Bus bus, PeriodicSweeps sweeps) {
    bus.serve(FileVerbs.START_FILE, files::begin);
    bus.serve(FileVerbs.PUT_CHUNK, files::put);
    bus.serve(FileVerbs.FINISH_FILE, files::end);
    bus.serve(FileVerbs.DISCARD_FILE, files::drop);
    bus.serve(FileVerbs.FIND_FILES, files::find);
    bus.serve(FileVerbs.GET_CHUNK, files::get);
    sweeps.drainEvery(SWEEP_MS, "unused files", files::sweep);
  }
}
