using Trainer.Engine.Data;

namespace Trainer.Tests.Data;

/// <summary>A recipe that names a data set and nothing else.</summary>
public sealed record DataAlone
{
    public required IDataSource Data { get; init; }
}
