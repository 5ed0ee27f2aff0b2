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
    /// <param name="pInit">The first windows' share of the image's area.</param>
    public AttackResult From(Tensor images, AttackLoss goal, RandomSource random, int queries, double pInit)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var running = new RunningExamples(images, name, run);
        var original = images.clone();
        var best = moves.Start(images, random);
        var values = full([images.shape[0]], float.NegativeInfinity, images.dtype, images.device);
        var draws = Draw(0);
        for (var query = 0; query <= queries && running.Any; query++)
        {
            if (query > 1 && (query - 1) % DrawnTogether == 0)
            {
                draws.Dispose();
                draws = Draw((query - 1) / DrawnTogether);
            }
            using var stay = Query(query);
            if (stay is null)
                continue;
            (goal, random) = (goal.Select(stay), random.Select([.. stay.cpu().data<long>()]));
            RunningExamples.Keep(ref original, stay);
            RunningExamples.Keep(ref best, stay);
            RunningExamples.Keep(ref values, stay);
            RunningExamples.Keep(ref draws, stay);
        }
        return running.Findings(best);

        // [M, iterations, numbers]
        Tensor Draw(int block)
        {
            using var shape = images.new_empty([running.Count, DrawnTogether, moves.Draws(images.shape[1])]);
            return random.With(block).Uniform(shape);
        }

        // The first query looks at the start. The rows that go on; null where all do.
        Tensor? Query(int query)
        {
            using var iteration = NewDisposeScope();
            var candidate = query == 0 ? best : moves.Propose(original, best, draws.select(1, (query - 1) % DrawnTogether), Share(query - 1, pInit));
            var logits = classifier.Logits(candidate);
            var value = goal.PerExample(logits);
            var stands = logits.argmax(1).eq(goal.Labels);
            var better = (value > values).logical_or(stands.logical_not());
            values.copy_(maximum(values, value));
            best.copy_(where(better.reshape(-1, 1, 1, 1), candidate, best));
            return running.Judge(stands, best, query)?.MoveToOuterDisposeScope();
        }
    }

    internal static double Share(int iteration, double first) => first / (1 << Halvings.Count(after => iteration > after));
}
