namespace Trainer.Engine.Evaluation.Detection;

/// <summary>Looks for poisoned images among a network's training images.</summary>
internal interface IDetector
{
    /// <summary>The method's name.</summary>
    string Name { get; }

    /// <summary>What a defender has for it.</summary>
    string DefenderKnowledge { get; }

    /// <summary>Whether scores are comparable within a class alone.</summary>
    bool ScoresWithinClass => false;

    /// <summary>Scores every training image.</summary>
    Detection Run(InspectedTraining training);
}
