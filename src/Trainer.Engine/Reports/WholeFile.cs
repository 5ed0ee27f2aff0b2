namespace Trainer.Engine.Reports;

/// <summary>Writes a text file so that no reader ever sees half of it.</summary>
internal static class WholeFile
{
    /// <summary>Writes beside the file and puts it in its place.</summary>
    public static void Write(string path, string text)
    {
        var temporary = path + ".tmp";
        File.WriteAllText(temporary, text);
        File.Move(temporary, path, overwrite: true);
    }
}
