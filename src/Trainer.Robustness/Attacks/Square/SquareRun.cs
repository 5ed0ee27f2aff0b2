namespace Trainer.Robustness.Attacks;

/// <summary>One run of the square attack over a batch.</summary>
internal static class SquareRun
{
    // Random numbers are drawn for so many iterations at a time: a draw of its own for each costs more than a small
    // network.
    private const int DrawnTogether = 128;

    // The iterations after which the windows' share of the area is halved.
    private static readonly int[] Halvings = [10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000];

    /// <summary>Runs from the norm's first images.</summary>
    /// <param name="batch">Of which examples leave at their first success.</param>
    /// <param name="moves">The proposals of the norm.</param>
    /// <param name="attack">The settings.</param>
    /// <param name="remaining">
    /// Receives the first misclassified image of each example, and the one of the highest loss of the others.
    /// </param>
    public static void Run(AttackBatch batch, ISquareMoves moves, Square attack, RemainingExamples remaining)
    {
        using var scope = NewDisposeScope();
        batch = batch with { Images = batch.Images.clone() };
        var best = moves.Start(batch.Images, batch.Random);
        var values = full([best.shape[0]], float.NegativeInfinity, best.dtype, best.device);
        var draws = Draw(0);
        for (var query = 0; query <= attack.Queries && remaining.Any; query++)
        {
            if (query > 1 && (query - 1) % DrawnTogether == 0)
            {
                draws.Dispose();
                draws = Draw((query - 1) / DrawnTogether);
            }
            using var stay = Query(query);
            if (stay is null)
                continue;
            batch = batch.Keep(stay);
            RemainingExamples.Select(ref best, stay);
            RemainingExamples.Select(ref values, stay);
            RemainingExamples.Select(ref draws, stay);
        }
        remaining.Keep(best);

        // [M, iterations, numbers]
        Tensor Draw(int block)
        {
            using var shape = best.new_empty([best.shape[0], DrawnTogether, moves.Draws(best.shape[1])]);
            return batch.Random.With(block).Uniform(shape);
        }

        // The first query is the start. The rows that stay; null where all do.
        Tensor? Query(int query)
        {
            using var iteration = NewDisposeScope();
            var candidate = query == 0 ? best
                : moves.Propose(
                batch.Images, best, draws.select(1, (query - 1) % DrawnTogether), Share(query - 1, attack.PInit));
            var logits = batch.Loss.Logits(batch.Classifier, candidate);
            var value = batch.Loss.PerExample(logits);
            var correct = logits.argmax(1).eq(batch.Loss.Labels);
            var better = (value > values).logical_or(correct.logical_not());
            values.copy_(maximum(values, value));
            best.copy_(where(better.reshape(-1, 1, 1, 1), candidate, best));
            return remaining.Leave(correct, best, query)?.MoveToOuterDisposeScope();
        }
    }

    internal static double Share(int iteration, double first) =>
        first / (1 << Halvings.Count(after => iteration > after));
}
