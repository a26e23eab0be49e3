"""Training the model that looks: clips with numbers drawn on them, what an answer about one is worth, and the training.

    examples    a clip as the product shows it, its question and its true moments; a folder of such clips
    clips       such a clip made of candidates and true moments, by the product's own marking
    sources     candidates and true moments: of generated matches, of the public sets, of what reviewers said
    worth       the parts of the reward of a text about a clip
    lessons     rows of questions and answers
    settings    how a model is trained
    adapting    which weights of a model get an adapter; adapters on disk
    held        how a model answers clips that it is not trained on
    trainers    the two stages by TRL: imitation of true answers, then GRPO against the reward
    runs        a training in a folder, which goes on where it was stopped

`trainers` alone imports TRL, which takes seconds; `python -m grounding train verifier` is the command.
"""
