using Trainer.Robustness.Random;

namespace Trainer.Robustness.Attacks;

/// <summary>One run of the square attack over a batch, which broken examples leave at once.</summary>
/// <param name="classifier">As the attack goes through it.</param>
/// <param name="moves">Where it looks.</param>
/// <param name="name">What breaks are told by.</param>
/// <param name="run">The restart.</param>
internal sealed class SquareRun(Classifier classifier, ISquareMoves moves, string name, int run)
{
    // Random numbers are drawn for so many iterations at a time: a draw of its own for each costs more than a small network.
    private const int DrawnTogether = 128;

    // The iterations after which the windows' share of the area is halved.
    private static readonly int[] Halvings = [10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000];

    /// <summary>Runs from the norm's first images.</summary>
    /// <param name="images">Float32 [N, C, H, W], the originals.</param>
    /// <param name="goal">What to raise.</param>
    /// <param name="random">Of these examples.</param>
    /// <param name="queries">Proposals.</param>
    /// <param name="firstShare">The first windows' share of the image's area.</param>
    public AttackFindings From(Tensor images, AttackGoal goal, RandomSource random, int queries, double firstShare)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var result = images.clone();
        var breaks = new AttackBreak?[images.shape[0]];
        var rows = Enumerable.Range(0, breaks.Length).Select(row => (long)row).ToArray();
        var original = images.clone();
        var best = moves.Start(images, random);
        var values = full([images.shape[0]], float.NegativeInfinity, device: images.device);
        var draws = Draw(0);
        for (var query = 0; ; query++)
        {
            if (query > 1 && (query - 1) % DrawnTogether == 0)
            {
                draws.Dispose();
                draws = Draw((query - 1) / DrawnTogether);
            }
            using var stay = Query(query);
            if (query == queries || rows.Length == 0)
                break;
            if (stay is null)
                continue;
            Write();
            long[] kept = [.. stay.cpu().data<long>()];
            rows = [.. kept.Select(row => rows[row])];
            (goal, random) = (goal.Select(stay), random.Select(kept));
            Compaction.Keep(ref original, stay);
            Compaction.Keep(ref best, stay);
            Compaction.Keep(ref values, stay);
            Compaction.Keep(ref draws, stay);
            if (rows.Length == 0)
                break;
        }
        Write();
        return new(result.MoveToOuterDisposeScope(), breaks);

        // [M, iterations, numbers]
        Tensor Draw(int block)
        {
            using var shape = images.new_empty([rows.Length, DrawnTogether, moves.Draws(images.shape[1])]);
            return random.With(block).Uniform(shape);
        }

        // The first query looks at the start. The rows that go on, as int64; null where all do.
        Tensor? Query(int query)
        {
            using var iteration = NewDisposeScope();
            var candidate = query == 0 ? best : moves.Propose(original, best, draws.select(1, (query - 1) % DrawnTogether), Share(query - 1, firstShare));
            var logits = classifier.Logits(candidate);
            var value = goal.PerExample(logits);
            var stands = logits.argmax(1).eq(goal.Labels);
            var better = (value > values).logical_or(stands.logical_not());
            values.copy_(maximum(values, value));
            best.copy_(where(better.reshape(-1, 1, 1, 1), candidate, best));
            var flags = stands.cpu().data<bool>().ToArray();
            for (var row = 0; row < rows.Length; row++)
                breaks[rows[row]] = flags[row] ? null : new(name, run, query);
            return flags.Contains(false) ? stands.nonzero().squeeze(1).MoveToOuterDisposeScope() : null;
        }

        void Write()
        {
            using var index = tensor(rows, device: images.device);
            result.index_copy_(0, index, best);
        }
    }

    internal static double Share(int iteration, double first) => first / (1 << Halvings.Count(after => iteration > after));
}
