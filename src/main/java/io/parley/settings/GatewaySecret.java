package io.parley.settings;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;

/** The 32 bytes that everything sealed or signed hangs on. Never printed. */
public final class GatewaySecret {
  private static final int BYTES = 32;

  private final byte[] bytes;

  private GatewaySecret(byte[] bytes) {
    this.bytes = bytes;
  }

  static GatewaySecret of(String base64) {
    try {
      byte[] bytes = Base64.getDecoder().decode(base64.strip());
      if (bytes.length == BYTES) {
        return new GatewaySecret(bytes);
      }
    } catch (IllegalArgumentException notBase64) {
      // told below, without the value
    }
    throw new InvalidSettings(
        "secret: it must be base64 of exactly 32 bytes (openssl rand -base64 32)");
  }

  /** The secret of this data directory, made on the first call. */
  static GatewaySecret keptIn(Path dataDir) {
    Path file = dataDir.resolve("secret");
    try {
      Files.createDirectories(dataDir);
      byte[] fresh = new byte[BYTES];
      new SecureRandom().nextBytes(fresh);
      try {
        Files.createFile(
            file,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, Base64.getEncoder().encodeToString(fresh));
      } catch (FileAlreadyExistsException kept) {
        // the one made before is the one
      }
      return of(Files.readString(file));
    } catch (IOException e) {
      throw new InvalidSettings("data_dir: " + dataDir + " cannot be used: " + e);
    }
  }

  public byte[] bytes() {
    return bytes.clone();
  }

  @Override
  public String toString() {
    return "Secret[hidden]";
  }
}
