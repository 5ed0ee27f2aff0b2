using System.Text.Json;
using System.Text.Json.Nodes;
using Trainer.Engine.Devices;
using Trainer.Recipes;

namespace Trainer.Engine.Checkpoints;

/// <summary>Reads state.json of every version up to a newest one, by one conversion per version.</summary>
/// <param name="newest">The newest version that can be read.</param>
/// <param name="conversions">For each older version, what turns its state into the next one's.</param>
internal sealed class CheckpointFormat(int newest, IReadOnlyDictionary<int, Func<JsonObject, JsonObject>> conversions)
{
    public const int Current = 1;

    public static readonly CheckpointFormat Default = new(Current, new Dictionary<int, Func<JsonObject, JsonObject>>());

    /// <exception cref="JsonException">It is not a state of its version.</exception>
    /// <exception cref="TrainerException">Its version is newer than the newest that can be read.</exception>
    public CheckpointState Read(string file, byte[] json)
    {
        if (JsonNode.Parse(json) is not JsonObject state || state["format"] is not JsonValue value
            || !value.TryGetValue(out int format) || format < 1)
            throw new JsonException("it is not an object with a format number");
        if (format > newest)
            throw new TrainerException(
                ErrorKind.Checkpoint, $"'{file}' has format {format}, and this version of the trainer reads up to "
                + $"{newest}. Resume with the version that wrote it or a newer one, "
                + "or name another run folder with --run.");
        for (; format < newest; format++)
            state = conversions[format](state);
        state["format"] = newest;
        var read = state.Deserialize<CheckpointState>(CheckpointJson.Options) ?? throw new JsonException("it is null");
        // More than any machine has is taken for damage and not tried.
        return read.Threads is >= 1 and <= Threads.Most ? read
            : throw new JsonException($"threads is {read.Threads}, expected 1 to {Threads.Most}");
    }

    public static byte[] Write(CheckpointState state) =>
        JsonSerializer.SerializeToUtf8Bytes(state, CheckpointJson.Options);
}
