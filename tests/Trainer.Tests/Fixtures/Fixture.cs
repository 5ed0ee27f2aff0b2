using System.Text.Json;

namespace Trainer.Tests.Fixtures;

/// <summary>Reads what a script beside this file made.</summary>
internal static class Fixture
{
    public static JsonElement Read(string name)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(
            AppContext.BaseDirectory, "Fixtures", name)));
        return document.RootElement.Clone();
    }

    /// <summary>Nested lists of numbers as a flat list, row-major.</summary>
    public static double[] Numbers(JsonElement value) => value.ValueKind == JsonValueKind.Array
        ? [.. value.EnumerateArray().SelectMany(Numbers)]
        : [value.GetDouble()];
}
