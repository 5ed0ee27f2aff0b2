namespace Trainer.Benchmarks.Rows;

/// <summary>What a training step of ours and of the peers consists of.</summary>
/// <param name="Name">The peers' name of it.</param>
/// <param name="Data">The recipe's data.</param>
/// <param name="Model">The recipe's network.</param>
/// <param name="Objective">The recipe's objective.</param>
/// <param name="BatchSize">Images a step.</param>
internal sealed record StepWork(string Name, string Data, string Model, string Objective, int BatchSize)
{
    /// <summary>A recipe of such steps without an end.</summary>
    /// <param name="attackPrecision">What its attacks compute in.</param>
    public string Recipe(string attackPrecision) => $$"""
        {
          "name": "{{Name}}", "device": "cpu", "data": { "type": "{{Data}}" }, "model": { "type": "{{Model}}" }, "objective": {{Objective}},
          "threat": { "norm": "linf", "epsilon": 0.1 },
          "optimizer": { "type": "sgd", "learningRate": 0.01, "momentum": 0.9, "weightDecay": 5e-4, "nesterov": true },
          "schedule": { "type": "constant" },
          "train": { "epochs": 1000, "batchSize": {{BatchSize}}, "attackPrecision": "{{attackPrecision}}" },
          "evaluate": { "final": [], "checks": null }, "logging": { "tensorBoard": false },
          "checkpoint": { "everyMinutes": null }
        }
        """;
}
