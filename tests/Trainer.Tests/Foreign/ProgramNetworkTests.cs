using System.Diagnostics;
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
    [InlineData(@"\002\000\000\000", "ended with exit code 0 before its answer was complete")]
    [InlineData("", "ended with exit code 0 before its answer was complete")]
    [InlineData("Loading the model", "answered with 1684107084 rows of 543649385 logits, expected 2 of 3")]
    public void Other_answers_are_refused(string answer, string message)
    {
        var exception = Assert.Throws<TrainerException>(() => Ask(answer));
        Assert.Equal(ErrorKind.Checkpoint, exception.Kind);
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_that_fails_is_named_with_its_exit_code()
    {
        var exception = Assert.Throws<TrainerException>(() => AskProgram("head -c 32 > /dev/null; exit 3"));
        Assert.Equal(ErrorKind.Checkpoint, exception.Kind);
        Assert.Contains("ended with exit code 3 before its answer was complete", exception.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_that_no_longer_reads_is_named_with_its_exit_code_too()
    {
        const string labels = @"\002\000\000\000\000\000\000\000\002\000\000\000\000\000\000\000";
        using var images = zeros(2, 1, 1, 2);
        var exception = Assert.Throws<TrainerException>(() =>
        {
            using var network = Build($"head -c 32 > /dev/null; exec 0<&-; printf '{labels}'; exec 1>&-; exit 3");
            network.call(images).Dispose();
            network.call(images).Dispose();
        });
        Assert.Contains("ended with exit code 3 before its answer was complete", exception.Message,
            StringComparison.Ordinal);
    }

    // The last one starts a process that keeps the program's output open after the program has ended.
    [Theory]
    [InlineData("cat > /dev/null")]
    [InlineData("head -c 32 > /dev/null; printf '\\002\\000\\000\\000'; cat > /dev/null")]
    [InlineData("head -c 32 > /dev/null; exec 0<&-; sleep 60")]
    [InlineData("head -c 32 > /dev/null; exec 3<&0; cat <&3 & printf '\\002\\000\\000\\000'")]
    public void A_program_that_gives_no_whole_answer_in_time_is_ended(string script)
    {
        var exception = Assert.Throws<TrainerException>(() => AskProgram(script, TimeSpan.FromSeconds(0.1)));
        Assert.Equal(ErrorKind.Checkpoint, exception.Kind);
        Assert.Contains("gave no whole answer within 0.1 s", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_answer_that_is_too_long_makes_the_next_one_wrong()
    {
        var labels = @"\002\000\000\000\000\000\000\000\002\000\000\000\000\000\000\000";
        using var network = Build($"head -c 32 > /dev/null; printf '{labels}\\001'; head -c 32 > /dev/null; "
            + $"printf '{labels}'");
        using var images = zeros(2, 1, 1, 2);
        network.call(images).Dispose();
        Assert.Contains("answered with 513 rows of 0 logits, expected 2 of 3", Assert.Throws<TrainerException>(
            () => network.call(images)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_may_answer_the_first_images_before_it_reads_the_last()
    {
        // Both are longer than a pipe holds.
        const int rows = 40000;
        using var scope = NewDisposeScope();
        using var network = Build($"printf '{Octal(rows)}{Octal(3)}'; head -c {12 * rows} /dev/zero; cat > /dev/null");
        Assert.Equal([rows, 3], network.call(zeros(rows, 1, 1, 2)).shape);
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

    private Tensor Ask(string answer) => AskProgram($"head -c 32 > /dev/null; printf '{answer}'");

    private Tensor AskProgram(string script, TimeSpan? limit = null)
    {
        using var network = Build(script, limit);
        using var images = zeros(2, 1, 1, 2);
        return network.call(images);
    }

    private Module Build(string script, TimeSpan? limit = null)
    {
        var program = ProgramNetwork.Find(Program(script), null);
        return (program with { AnswerLimit = limit ?? program.AnswerLimit }).Build(new(1, 1, 2), 3);
    }

    /// <summary>A number's bytes for printf.</summary>
    private static string Octal(int number) => string.Concat(
        BitConverter.GetBytes(number).Select(value => $"\\{Convert.ToString(value, 8).PadLeft(3, '0')}"));

    /// <summary>
    /// Another process writes the file: one that this process writes can be open in a process that another test starts
    /// at the same time, and nothing runs it then ("Text file busy").
    /// </summary>
    private string Program(string script)
    {
        File.WriteAllText(folder.At("script"), $"#!/bin/sh\n{script}\n");
        using var copy = Process.Start("install", ["-m", "755", folder.At("script"), folder.At("program")]);
        copy.WaitForExit();
        return folder.At("program");
    }
}
