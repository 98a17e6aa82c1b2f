package io.parley.api.operations;

import io.parley.api.auth.Seal;
import io.parley.file.FileVerbs;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;

/** The URLs of files, and signed links that grant access to a file until they expire. */
public final class FileLinks {
  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

  private final String base;
  private final Seal seal;
  private final InstantSource clock;

  public FileLinks(String publicUrl, Seal seal, InstantSource clock) {
    this.base = publicUrl + "/api/attachments/";
    this.seal = seal;
    this.clock = clock;
  }

  /** The URL of a file, for callers with access to it. */
  public String url(UUID id) {
    return base + id;
  }

  /** A link that grants access to anyone until {@code until}. */
  public String link(UUID id, Instant until) {
    long expires = until.getEpochSecond();
    return url(id) + "?expires=" + expires + "&signature=" + signature(id, expires);
  }

  /** The file that {@code url} names, signed or not; empty if it is hosted elsewhere. */
  Optional<UUID> file(String url) {
    boolean isOurs = url.regionMatches(true, 0, base, 0, base.length());
    return isOurs
        ? FileVerbs.id(url.substring(base.length()).replaceFirst("/?(?:[?#].*)?$", ""))
        : Optional.empty();
  }

  public boolean isGood(UUID id, long expires, String signature) {
    return clock.instant().getEpochSecond() < expires
        && MessageDigest.isEqual(
            signature(id, expires).getBytes(StandardCharsets.US_ASCII),
            signature.getBytes(StandardCharsets.UTF_8));
  }

  private String signature(UUID id, long expires) {
    return BASE64.encodeToString(
        seal.sign((id + " " + expires).getBytes(StandardCharsets.US_ASCII)));
  }
}
