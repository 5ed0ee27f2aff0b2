using Trainer.Robustness.Models;

namespace Trainer.Tests.Models;

/// <summary>A recipe that names a network and nothing else.</summary>
public sealed record ModelAlone
{
    public required IArchitecture Model { get; init; }
}
