package io.parley.bench;

import java.util.Optional;
import org.HdrHistogram.Histogram;

/**
 * One operation of the scale bench.
 *
 * @param before the median milliseconds in the small and the large world when this was first
 *     measured; empty if it was not
 * @param beside what four other connections do meanwhile
 * @param reader whether it may read large tables from end to end
 */
record ScaleOperation(
    String name, String before, Measurement measurement, Optional<Traffic> beside, boolean reader) {
  /** Performs the operation for some seconds, at least once; one connection, one at a time. */
  @FunctionalInterface
  interface Measurement {
    Histogram run(double seconds) throws Exception;
  }

  ScaleOperation(String name, String before, Measurement measurement) {
    this(name, before, measurement, Optional.empty(), false);
  }

  ScaleOperation besideFour(Traffic others) {
    return new ScaleOperation(name, before, measurement, Optional.of(others), reader);
  }

  ScaleOperation exemptFromPlans() {
    return new ScaleOperation(name, before, measurement, beside, true);
  }
}
