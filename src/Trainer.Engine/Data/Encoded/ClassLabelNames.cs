using System.Text.Json;

namespace Trainer.Engine.Data.Encoded;

/// <summary>
/// The names of classes in the metadata that Hugging Face's datasets library writes into a Parquet file: under the key
/// "huggingface", JSON with <c>info.features.COLUMN.names</c>.
/// </summary>
internal static class ClassLabelNames
{
    /// <summary>The key of the metadata.</summary>
    public const string Key = "huggingface";

    /// <summary>Reads the names of a column's classes.</summary>
    /// <param name="json">The metadata.</param>
    /// <param name="column">The column of the labels.</param>
    /// <returns>The names in the order of the labels; null where the metadata have none of that column.</returns>
    /// <exception cref="InvalidDataException">
    /// It is no such metadata; the message is a predicate of the file.
    /// </exception>
    public static IReadOnlyList<string>? Read(string json, string column)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var found = document.RootElement;
            foreach (var key in (ReadOnlySpan<string>)["info", "features", column, "names"])
                if (found.ValueKind != JsonValueKind.Object || !found.TryGetProperty(key, out found))
                    return null;
            return found.ValueKind == JsonValueKind.Null ? null
                : [.. found.EnumerateArray().Select(name => name.GetString()
                    ?? throw new InvalidOperationException("a class name is null"))];
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException(
                $"has metadata '{Key}' that cannot be read ({error.Message.TrimEnd('.')}), expected JSON with "
                + $"info.features.{column}.names", error);
        }
    }
}
