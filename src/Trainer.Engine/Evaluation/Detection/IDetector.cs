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

    /// <summary>Why it cannot be used.</summary>
    /// <returns>A predicate of the method and what to do; null where it can.</returns>
    (string Found, string Remedy)? Obstacle(InspectedTraining training);

    /// <summary>Scores every training image. Call it where there is no obstacle.</summary>
    Detection Run(InspectedTraining training);
}
