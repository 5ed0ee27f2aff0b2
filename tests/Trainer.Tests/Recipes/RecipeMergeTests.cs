using Trainer.Recipes.Parsing;

namespace Trainer.Tests.Recipes;

public sealed class RecipeMergeTests : IDisposable
{
    private readonly RecipeFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("""{ "a": { "b": 1, "c": 2 } }""", """{ "a": { "c": 3 } }""", """{"a":{"b":1,"c":3}}""")]
    [InlineData("""{ "a": [1, 2, 3] }""", """{ "a": [4] }""", """{"a":[4]}""")]
    [InlineData("""{ "a": [1, 2, 3] }""", """{ "a": [] }""", """{"a":[]}""")]
    [InlineData("""{ "a": { "type": "x", "b": 1 } }""", """{ "a": { "type": "y", "c": 2 } }""", """{"a":{"type":"y","c":2}}""")]
    [InlineData("""{ "a": { "type": "x", "b": 1 } }""", """{ "a": { "type": "x", "c": 2 } }""", """{"a":{"type":"x","b":1,"c":2}}""")]
    [InlineData("""{ "a": { "type": "x", "b": 1 } }""", """{ "a": { "c": 2 } }""", """{"a":{"type":"x","b":1,"c":2}}""")]
    [InlineData("""{ "a": { "type": "x", "b": 1 } }""", """{ "a": "y" }""", """{"a":{"type":"y"}}""")]
    [InlineData("""{ "a": { "type": "x", "b": 1 } }""", """{ "a": "x" }""", """{"a":{"type":"x","b":1}}""")]
    [InlineData("""{ "a": "x" }""", """{ "a": { "b": 1 } }""", """{"a":{"type":"x","b":1}}""")]
    [InlineData("""{ "a": "x" }""", """{ "a": { "type": "y", "b": 1 } }""", """{"a":{"type":"y","b":1}}""")]
    [InlineData("""{ "a": { "b": 1 } }""", """{ "a": "y" }""", """{"a":"y"}""")]
    [InlineData("""{ "a": { "b": 1 } }""", """{ "a": null }""", """{"a":null}""")]
    [InlineData("""{ "a": null }""", """{ "a": { "b": 1 } }""", """{"a":{"b":1}}""")]
    [InlineData("""{ "a": 1 }""", """{ "a": "1" }""", """{"a":"1"}""")]
    [InlineData("""{ "a": { "b": 1 } }""", """{ "a": {} }""", """{"a":{"b":1}}""")]
    public void A_later_layer_overrides_an_earlier_one(string under, string over, string expected)
    {
        folder.Write("under.json", under).Write("over.json", over.Insert(1, "\"extends\": \"under.json\","));
        Assert.Equal(expected, RecipeText.Line(RecipeReader.Read(new(folder["over.json"]))));
    }

    [Fact]
    public void Files_are_extended_relative_to_themselves_and_in_order()
    {
        folder.Write("base/grand.json", """{ "a": 1, "b": 1, "c": 1, "d": 1 }""")
            .Write("base/left.json", """{ "extends": "grand.json", "b": 2, "c": 2, "d": 2 }""")
            .Write("base/right.json", """{ "c": 3, "d": 3 }""")
            .Write("run/child.json", """{ "$schema": "x", "extends": ["../base/left.json", "../base/right.json"], "d": 4 }""");
        Assert.Equal("""{"a":1,"b":2,"c":3,"d":4}""", RecipeText.Line(RecipeReader.Read(new(folder["run/child.json"]))));
    }

    [Fact]
    public void Two_parents_may_share_a_grandparent()
    {
        folder.Write("grand.json", """{ "a": 1 }""").Write("left.json", """{ "extends": "grand.json" }""")
            .Write("right.json", """{ "extends": "grand.json" }""").Write("child.json", """{ "extends": ["left.json", "right.json"] }""");
        Assert.Equal("""{"a":1}""", RecipeText.Line(RecipeReader.Read(new(folder["child.json"]))));
    }

    [Theory]
    [InlineData("a.b=3", """{"a":{"b":3,"list":[{"s":1},{"s":2}],"t":{"type":"x","k":1}}}""")]
    [InlineData("a.b=-2.5e-3", """{"a":{"b":-2.5e-3,"list":[{"s":1},{"s":2}],"t":{"type":"x","k":1}}}""")]
    [InlineData("a.b=true", """{"a":{"b":true,"list":[{"s":1},{"s":2}],"t":{"type":"x","k":1}}}""")]
    [InlineData("a.b=null", """{"a":{"b":null,"list":[{"s":1},{"s":2}],"t":{"type":"x","k":1}}}""")]
    [InlineData("a.b=8/255", """{"a":{"b":"8/255","list":[{"s":1},{"s":2}],"t":{"type":"x","k":1}}}""")]
    [InlineData("a.b=\"3\"", """{"a":{"b":"3","list":[{"s":1},{"s":2}],"t":{"type":"x","k":1}}}""")]
    [InlineData("a.b=", """{"a":{"b":"","list":[{"s":1},{"s":2}],"t":{"type":"x","k":1}}}""")]
    [InlineData("a.b=c=d", """{"a":{"b":"c=d","list":[{"s":1},{"s":2}],"t":{"type":"x","k":1}}}""")]
    [InlineData("a.list=[]", """{"a":{"b":1,"list":[],"t":{"type":"x","k":1}}}""")]
    [InlineData("a.list[1].s=5", """{"a":{"b":1,"list":[{"s":1},{"s":5}],"t":{"type":"x","k":1}}}""")]
    [InlineData("a.list.0.s=5", """{"a":{"b":1,"list":[{"s":5},{"s":2}],"t":{"type":"x","k":1}}}""")]
    [InlineData("a.t={\"k\":2}", """{"a":{"b":1,"list":[{"s":1},{"s":2}],"t":{"type":"x","k":2}}}""")]
    [InlineData("a.t.type=y", """{"a":{"b":1,"list":[{"s":1},{"s":2}],"t":{"type":"y"}}}""")]
    [InlineData("a.t={\"type\":\"y\",\"m\":[1]}", """{"a":{"b":1,"list":[{"s":1},{"s":2}],"t":{"type":"y","m":[1]}}}""")]
    [InlineData("n.e.w=1", """{"a":{"b":1,"list":[{"s":1},{"s":2}],"t":{"type":"x","k":1}},"n":{"e":{"w":1}}}""")]
    public void Values_of_every_type_are_set_from_the_command_line(string set, string expected)
    {
        folder.Write("r.json", """{ "a": { "b": 1, "list": [{ "s": 1 }, { "s": 2 }], "t": { "type": "x", "k": 1 } } }""");
        Assert.Equal(expected, RecipeText.Line(RecipeReader.Read(new(folder["r.json"]) { Set = [set] })));
    }

    [Fact]
    public void The_command_line_overrides_the_environment_which_overrides_the_file()
    {
        folder.Write("r.json", """{ "train": { "a": 1, "b": 1, "c": 1 } }""");
        var source = new RecipeSource(folder["r.json"])
        {
            Environment = new Dictionary<string, string>
            {
                ["TRAINER__train__b"] = "2",
                ["TRAINER__train__c"] = "2",
                ["TRAINER_DATA"] = "elsewhere",
                ["train__a"] = "9",
            },
            Set = ["train.c=3"],
        };
        var tree = RecipeReader.Read(source);
        Assert.Equal("""{"train":{"a":1,"b":2,"c":3}}""", RecipeText.Line(tree));
        Assert.Equal(
            ["r.json:1", "TRAINER__train__b", "--set train.c"],
            tree["train"]!.Members.Select(member => Path.GetFileName(member.Value.Origin.ToString())));
    }

    [Fact]
    public void Among_overrides_a_type_is_applied_before_its_options()
    {
        folder.Write("r.json", """{ "o": { "type": "x", "k": 1, "in": { "type": "x", "k": 1 } } }""");
        var source = new RecipeSource(folder["r.json"])
        {
            Environment = new Dictionary<string, string> { ["TRAINER__o__in__k"] = "4" },
            Set = ["o.k=2", "o.in.type=z", "o.type=y"],
        };
        Assert.Equal("""{"o":{"type":"y","in":{"type":"z","k":4},"k":2}}""", RecipeText.Line(RecipeReader.Read(source)));
        source = source with { Set = ["o.k=two", "o.in=z", "o=y"] };
        Assert.Equal("""{"o":{"type":"y","in":{"type":"z","k":4},"k":"two"}}""", RecipeText.Line(RecipeReader.Read(source)));
    }

    [Theory]
    [InlineData("e=0.1", "e=8/255", """{"o":{"type":"x"},"e":"8/255","n":1}""")]
    [InlineData("e=8/255", "e=0.1", """{"o":{"type":"x"},"e":0.1,"n":1}""")]
    [InlineData("n=null", "n=two", """{"o":{"type":"x"},"e":0,"n":"two"}""")]
    [InlineData("n=two", "n=null", """{"o":{"type":"x"},"e":0,"n":null}""")]
    [InlineData("o=y", "o={\"type\":\"z\",\"k\":1}", """{"o":{"type":"z","k":1},"e":0,"n":1}""")]
    [InlineData("o.in={\"type\":\"z\",\"k\":1}", "o=y", """{"o":{"type":"y","in":{"type":"z","k":1}},"e":0,"n":1}""")]
    [InlineData("o=null", "o=y;o.k=2", """{"o":{"type":"y","k":2},"e":0,"n":1}""")]
    [InlineData("o.type=y", "o={\"type\":\"z\"}", """{"o":{"type":"z"},"e":0,"n":1}""")]
    public void Of_two_values_of_one_place_the_later_holds_whatever_their_kinds(
        string first, string second, string expected)
    {
        folder.Write("r.json", """{ "o": { "type": "x" }, "e": 0, "n": 1 }""");
        Assert.Equal(expected, RecipeText.Line(RecipeReader.Read(new(folder["r.json"])
        {
            Set = [first,
            .. second.Split(';')]
        })));
        // The command line also overrides the environment.
        var (variable, value) = first.Split('=', 2) is [var path, var set] ? (path, set) : default;
        var name = $"TRAINER__{variable.Replace(".", "__", StringComparison.Ordinal)}";
        var environment = new Dictionary<string, string> { [name] = value };
        Assert.Equal(expected, RecipeText.Line(RecipeReader.Read(new(folder["r.json"])
        {
            Environment = environment,
            Set = second.Split(';'),
        })));
    }

    [Fact]
    public void Extensions_are_relative_to_the_file_that_names_them()
    {
        folder.Write("base/b.json", """{ "extensions": ["../bin/Mine.dll"] }""").Write("run/r.json", """{ "extends": "../base/b.json" }""");
        var tree = RecipeReader.Read(new(folder["run/r.json"]) { Extensions = [folder["other/Two.dll"]] });
        Assert.Equal(
            [folder["bin/Mine.dll"], folder["other/Two.dll"]], tree["extensions"]!.Items.Select(item => item.Text));
    }

    [Fact]
    public void Comments_and_trailing_commas_and_a_byte_order_mark_are_allowed()
    {
        folder.Write("r.json", "\uFEFF// head\n{ \"a\": [1, 2,], /* why */ \"b\": 1, }");
        Assert.Equal("""{"a":[1,2],"b":1}""", RecipeText.Line(RecipeReader.Read(new(folder["r.json"]))));
    }
}
