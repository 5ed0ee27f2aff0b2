namespace Trainer.Benchmarks;

/// <summary>Ends a training loop whose time has been taken.</summary>
internal sealed class BenchmarkOverException : Exception;
