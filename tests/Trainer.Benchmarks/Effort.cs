namespace Trainer.Benchmarks;

/// <summary>How long to measure.</summary>
/// <param name="Rounds">How often ours and the peers take turns.</param>
/// <param name="BlockSeconds">About how long each one's turn is.</param>
/// <param name="WholeRuns">How often whole runs are repeated; 0 leaves them out.</param>
internal sealed record Effort(int Rounds, double BlockSeconds, int WholeRuns)
{
    public static Effort Quick { get; } = new(5, 0.7, 0);

    public static Effort Full { get; } = new(15, 2, 3);
}
