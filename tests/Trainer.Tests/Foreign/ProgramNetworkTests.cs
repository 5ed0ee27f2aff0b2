using Trainer.Engine.Weights.Foreign;
using Trainer.Recipes;

namespace Trainer.Tests.Foreign;

/// <summary>Programs are shell scripts that print a prepared answer.</summary>
public sealed class ProgramNetworkTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Logits_are_taken_as_they_are()
    {
        // 2 rows of 3: 1, 2, 3 and 0, −1, 0.5.
        using var logits = Ask(
            @"\002\000\000\000\003\000\000\000\000\000\200\077\000\000\000\100\000\000\100\100"
            + @"\000\000\000\000\000\000\200\277\000\000\000\077");
        TensorAssert.Same(tensor(new[,] { { 1f, 2f, 3f }, { 0f, -1f, 0.5f } }), logits);
    }

    [Fact]
    public void Labels_are_one_for_their_class()
    {
        using var logits = Ask(@"\002\000\000\000\000\000\000\000\002\000\000\000\000\000\000\000");
        TensorAssert.Same(tensor(new[,] { { 0f, 0f, 1f }, { 1f, 0f, 0f } }), logits);
    }

    [Theory]
    [InlineData(@"\001\000\000\000\003\000\000\000", "answered with 1 rows of 3 logits, expected 2 of 3")]
    [InlineData(@"\002\000\000\000\004\000\000\000", "answered with 2 rows of 4 logits, expected 2 of 3")]
    [InlineData(@"\002\000\000\000\000\000\000\000\003\000\000\000\000\000\000\000", "the label 3, expected 0 to 2")]
    [InlineData(@"\002\000\000\000", "ended before its answer was complete")]
    public void Other_answers_are_refused(string answer, string message)
    {
        var exception = Assert.Throws<TrainerException>(() => Ask(answer));
        Assert.Equal(ErrorKind.Checkpoint, exception.Kind);
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_question_is_the_shape_and_the_values()
    {
        const string answer = @"\001\000\000\000\000\000\000\000\000\000\000\000";
        var path = Program($"head -c 24 > '{folder.At("question")}'; printf '{answer}'; cat > /dev/null");
        using (var network = ProgramNetwork.Find(path, null).Build(new(1, 1, 2), 3))
        using (var images = tensor([0.5f, 1f]).reshape(1, 1, 1, 2))
            network.call(images).Dispose();
        Assert.Equal(
            [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0x3f, 0, 0, 0x80, 0x3f],
            File.ReadAllBytes(folder.At("question")));
    }

    [Fact]
    public void A_file_that_is_no_program_is_refused()
    {
        File.WriteAllText(folder.At("page"), "<html>");
        Assert.Contains("does not start", Assert.Throws<TrainerException>(
            () => ProgramNetwork.Find(folder.At("page"), null).Build(new(1, 1, 2), 3)).Message,
            StringComparison.Ordinal);
    }

    private Tensor Ask(string answer)
    {
        using var network = ProgramNetwork.Find(Program($"head -c 32 > /dev/null; printf '{answer}'"), null)
            .Build(new(1, 1, 2), 3);
        using var images = zeros(2, 1, 1, 2);
        return network.call(images);
    }

    private string Program(string script)
    {
        var path = folder.At("program");
        File.WriteAllText(path, $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }
}
