package io.parley.store.embedded;

import io.parley.settings.InvalidSettings;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The lock on a data directory, which admits one gateway at a time. It ends with its process. */
final class DirectoryLock implements AutoCloseable {
  // a file lock belongs to the whole process, and is released when any channel on its file is
  // closed; so a second attempt from the same process must not even open the file
  private static final Set<Path> HELD_BY_THIS_PROCESS = ConcurrentHashMap.newKeySet();

  private final Path directory;
  private final FileChannel channel;

  private DirectoryLock(Path directory, FileChannel channel) {
    this.directory = directory;
    this.channel = channel;
  }

  /** Fails at once if another gateway holds the lock. */
  static DirectoryLock acquire(Path directory) throws IOException {
    if (!HELD_BY_THIS_PROCESS.add(directory)) {
      throw inUse(directory);
    }
    try {
      FileChannel channel =
          FileChannel.open(
              directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (channel.tryLock() == null) {
        channel.close();
        throw inUse(directory);
      }
      return new DirectoryLock(directory, channel);
    } catch (IOException | RuntimeException e) {
      HELD_BY_THIS_PROCESS.remove(directory);
      throw e;
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
    HELD_BY_THIS_PROCESS.remove(directory);
  }

  private static InvalidSettings inUse(Path directory) {
    return InvalidSettings.of(
        "data_dir",
        directory
            + " is in use by another Parley; stop it, or give this one a directory of its own");
  }
}
