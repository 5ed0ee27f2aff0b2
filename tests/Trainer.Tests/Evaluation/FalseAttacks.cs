using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;

namespace Trainer.Tests.Evaluation;

/// <summary>Leaves its bound.</summary>
internal sealed record Cheat : IAttack
{
    public string Name => "cheat";

    public AttackLossKind? Loss => null;

    public AttackResult Run(AttackBatch batch) => new(batch.Images + 2 * batch.Threat.Epsilon);
}

/// <summary>Says that it broke everything, and changed nothing.</summary>
internal sealed record Boast : IAttack
{
    public string Name => "boast";

    public AttackLossKind? Loss => null;

    public AttackResult Run(AttackBatch batch) =>
        new(batch.Images.clone(), [.. Enumerable.Repeat<AttackSuccess?>(
        new AttackSuccess(Name, 0, 1), (int)batch.Images.shape[0])]);
}

/// <summary>Keeps its random starts.</summary>
internal sealed record Recorder : IAttack
{
    private readonly List<Tensor> starts = [];

    public string Name => "recorder";

    public AttackLossKind? Loss => null;

    public AttackResult Run(AttackBatch batch)
    {
        using var ball = batch.CreateBall();
        var start = ball.RandomStart(batch.Random);
        starts.Add(start.clone().DetachFromDisposeScope());
        return new(start);
    }

    public Tensor Take()
    {
        var all = cat([.. starts], 0);
        starts.ForEach(start => start.Dispose());
        starts.Clear();
        return all;
    }
}
