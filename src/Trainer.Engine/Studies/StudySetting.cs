namespace Trainer.Engine.Studies;

/// <summary>Values under which recipes of a study are run.</summary>
public sealed record StudySetting
{
    /// <summary>What run folders and reports call it: "lr=0.1".</summary>
    public required string Name { get; init; }

    /// <summary>The values, as --set takes them: "optimizer.learningRate=0.1".</summary>
    public required IReadOnlyList<string> Set { get; init; }
}
